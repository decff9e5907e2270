//! What a server serves, on one listener or more: from the address to the end of the last request.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::StartError;
use crate::config::{Listener, ServerConfig};
use crate::properties::{self, Properties};
use crate::rest::Remote;
use crate::tls::TlsListener;

/// How long open requests may take to end when the server stops.
const DRAIN_MAX: Duration = Duration::from_secs(5);

/// What is served, on one listener or more.
pub(crate) struct Listening {
    shutdown: watch::Sender<bool>,
    serving: Vec<JoinHandle<std::io::Result<()>>>,
}

/// Takes an address. Errors: it is taken, or not ours.
pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |cause| StartError::Listen { address, cause };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// Where servers of the service ask each other, if that is another place than everybody's. Errors: it is no listener.
pub(crate) fn internal_listener(defaults: &Properties, public: Listener) -> Result<Option<Listener>, StartError> {
    let url = properties::of_server("ksql.internal.listener", defaults).filter(|url| !url.is_empty());
    let Some(url) = url else { return Ok(None) };
    let listener = ServerConfig::parse_listener(url);
    let listener = listener.map_err(|e| StartError::Config(format!("ksql.internal.listener: {e}")))?;
    Ok((listener.address != public.address || listener.address.port() == 0).then_some(listener))
}

impl Listening {
    /// Nothing is served yet.
    pub(crate) fn new() -> Self {
        Self { shutdown: watch::Sender::new(false), serving: Vec::new() }
    }

    /// Serves one listener more. Errors: it has no address.
    pub(crate) fn serve(
        &mut self,
        listener: TcpListener,
        acceptor: Option<TlsAcceptor>,
        service: Router,
    ) -> Result<(), StartError> {
        let mut wanted = self.shutdown.subscribe();
        let stopped = async move {
            // An error means that the sender is gone: a reason to stop as well.
            let _ = wanted.wait_for(|stop| *stop).await;
        };
        let service = service.into_make_service_with_connect_info::<Remote>();
        self.serving.push(match acceptor {
            Some(acceptor) => {
                let listening = ([0, 0, 0, 0], 0).into();
                let address = listener.local_addr().unwrap_or(listening);
                let listener =
                    TlsListener::new(listener, acceptor).map_err(|cause| StartError::Listen { address, cause })?;
                let serve = axum::serve(listener, service).with_graceful_shutdown(stopped);
                tokio::spawn(async { serve.await })
            }
            None => {
                let serve = axum::serve(listener, service).with_graceful_shutdown(stopped);
                tokio::spawn(async { serve.await })
            }
        });
        Ok(())
    }

    /// Lets requests end, for a while.
    pub(crate) async fn stop(mut self) {
        self.shutdown.send_replace(true);
        let ended = futures::future::join_all(self.serving.iter_mut());
        if tokio::time::timeout(DRAIN_MAX, ended).await.is_err() {
            tracing::warn!("requests did not end in time");
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.serving.iter().for_each(JoinHandle::abort);
    }
}
