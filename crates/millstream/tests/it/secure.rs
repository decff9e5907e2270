//! A server that speaks TLS and wants to know who asks: the shell, `plan` and `apply`, `run` and headless servers.

use std::path::Path;

use tempfile::TempDir;

use crate::call::{Called, call};
use crate::pipeline::{end, running};
use crate::screen::Tmux;
use crate::server::Server;

/// Certificates and users, as files of a folder: `ca.pem` has signed `server.pem` (for 127.0.0.1), `other.pem` (for
/// another name) and `client.pem`; `users` knows ada with the password `secret`.
fn files(folder: &Path) {
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(folder.join("ca.pem"), authority.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = rcgen::Issuer::new(authority, key);
    for (file, name) in [("server.pem", "127.0.0.1"), ("other.pem", "elsewhere.example"), ("client.pem", "ada")] {
        let own = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::new(vec![name.into()]).unwrap().signed_by(&own, &issuer).unwrap();
        std::fs::write(folder.join(file), certificate.pem() + &own.serialize_pem()).unwrap();
    }
    let hash = bcrypt::hash("secret", 4).unwrap();
    std::fs::write(folder.join("users"), format!("ada:{hash},admin\n")).unwrap();
}

/// A server with these files, its certificate, and further properties whose values are files.
fn started(certificate: &str, more: &[(&str, &str)], own: &[(&str, &str)]) -> Server {
    let folder: TempDir = tempfile::tempdir().unwrap();
    files(folder.path());
    let path = |file: &str| folder.path().join(file).display().to_string();
    let mut properties = vec![("ssl.keystore.location", path(certificate)), ("ssl.keystore.type", "PEM".to_owned())];
    properties.extend(more.iter().map(|(name, file)| (*name, path(file))));
    properties.extend(own.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let properties: Vec<(&str, &str)> = properties.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Server::start_with("https://127.0.0.1:0", folder, &properties)
}

const USERS: (&str, &str) = ("millstream.authentication.users.file", "users");
const BASIC: (&str, &str) = ("authentication.method", "BASIC");

fn asked(server: &Server, options: &str) -> Called {
    let args: Vec<&str> = ["sql", &server.url, "-e", "SHOW TYPES;"].into_iter().chain(options.split(' ')).collect();
    call(&args, "", server.folder.path())
}

#[test]
fn the_shell_believes_whom_it_is_told_to() {
    let server = started("server.pem", &[USERS], &[BASIC]);
    assert!(asked(&server, "--cacert ca.pem -u ada -p secret").ok().contains("Type Name"));
    assert!(asked(&server, "-k -u ada -p secret").ok().contains("Type Name"));
    let unknown = asked(&server, "-u ada -p secret").failed(1);
    assert!(unknown.contains("no TLS with 127.0.0.1") && unknown.contains("--cacert FILE"), "{unknown}");
    let stranger = asked(&server, "--cacert ca.pem").failed(1);
    assert!(stranger.contains("Unauthorized") && stranger.contains("--user"), "{stranger}");
    assert!(asked(&server, "--cacert ca.pem -u ada -p wrong").failed(1).contains("Unauthorized"));
    assert!(asked(&server, "--cacert none.pem -u ada -p x").failed(2).contains("none.pem: No such file"));
    assert!(asked(&server, "--cacert users -u ada -p x").failed(2).contains("users: holds no certificate"));
    // Over plain HTTP there is an answer, but none of HTTP.
    let plain = server.url.replace("https", "http");
    let said = call(&["sql", &plain, "-e", "SHOW TYPES;"], "", server.folder.path()).failed(1);
    assert!(said.contains("https:// instead?"), "{said}");
    server.write("ksql.properties", "ssl.truststore.location=ca.pem\nssl.truststore.type=PEM\nssl.key.password=x\n");
    let of_file = asked(&server, "--config-file ksql.properties -u ada -p secret");
    assert_eq!(of_file.err, "Ignored in ksql.properties: ssl.key.password\n");
    assert!(of_file.ok().contains("Type Name"));
}

/// Passwords can be typed, and are not seen: before a conversation, and before `apply` asks whether to go on.
#[test]
fn passwords_are_typed_unseen() {
    let server = started("server.pem", &[USERS], &[BASIC]);
    let tmux = Tmux::run(&server, &format!("sql {} --cacert ca.pem -u ada", server.url), 80, 24);
    tmux.shows("Password:");
    tmux.types("secret");
    tmux.keys(&["Enter"]);
    let screen = tmux.shows("millstream>");
    assert!(screen.contains("Server status: RUNNING") && !screen.contains("secret"), "{screen}");
    drop(tmux);
    server.write("p.sql", "CREATE STREAM s (n INT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON', PARTITIONS = 1);");
    let tmux = Tmux::run(&server, &format!("apply p.sql -s {} --cacert ca.pem -u ada", server.url), 80, 24);
    tmux.shows("Password:");
    tmux.types("secret");
    tmux.keys(&["Enter"]);
    tmux.shows("Plan: 1 to create.");
    tmux.shows("Only \"yes\" is taken for yes:");
    tmux.types("yes");
    tmux.keys(&["Enter"]);
    tmux.shows("Applied.\nleft with 0");
}

#[test]
fn names_and_clients_are_looked_at() {
    let trust = ("ssl.truststore.location", "ca.pem");
    let own = [("ssl.truststore.type", "PEM"), ("ssl.client.authentication", "REQUIRED")];
    let server = started("other.pem", &[trust], &own);
    let other = asked(&server, "--cacert ca.pem --cert client.pem").failed(1);
    assert!(other.contains("Its certificate is for another name"), "{other}");
    server.write("any.properties", "ssl.truststore.location=ca.pem\nssl.verify.host=false\n");
    let any = "--config-file any.properties";
    assert!(asked(&server, &format!("{any} --cert client.pem")).ok().contains("Type Name"));
    let nobody = asked(&server, any).failed(1);
    assert!(nobody.contains("--cert FILE"), "one that does not say who it is: {nobody}");
    let unsigned = rcgen::generate_simple_self_signed(vec!["ada".into()]).unwrap();
    server.write("unsigned.pem", &(unsigned.cert.pem() + &unsigned.signing_key.serialize_pem()));
    assert_eq!(asked(&server, &format!("{any} --cert unsigned.pem")).code, 1);
    server.write("wrong.properties", "ssl.truststore.location=unsigned.pem\nssl.verify.host=false\n");
    let wrong = asked(&server, "--config-file wrong.properties --cert client.pem").failed(1);
    assert!(wrong.contains("--cacert FILE"), "another authority: {wrong}");
}

#[test]
fn plans_are_made_and_done() {
    let server = started("server.pem", &[USERS], &[BASIC]);
    server.write(
        "p.sql",
        "CREATE STREAM s (id INT KEY) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON', PARTITIONS = 1);",
    );
    assert!(server.call("plan p.sql --cacert ca.pem").failed(1).contains("Unauthorized"));
    let access = "--cacert ca.pem --user ada --password secret";
    assert!(server.call(&format!("plan p.sql -o plan.json {access}")).ok().contains("1 to create"));
    // A saved plan knows its server, but no secrets.
    let apply = |options: &str| {
        let args: Vec<&str> = ["apply", "plan.json"].into_iter().chain(options.split(' ')).collect();
        call(&args, "", server.folder.path())
    };
    assert_eq!(apply("--cacert ca.pem").code, 1);
    assert!(apply(access).ok().ends_with("Applied.\n"));
    assert!(server.call(&format!("plan p.sql --exit-code {access}")).ok().contains("Nothing to do"));
    server.write("c.properties", "auto.offset.reset=earliest\n");
    let said = server.call(&format!("plan p.sql --config-file c.properties {access}")).failed(1);
    assert!(said.contains("as SET") && said.contains("auto.offset.reset"), "{said}");
}

/// What starts with files applies them to itself, whoever else must say who they are.
#[test]
fn servers_with_files_let_themselves_in() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    files(path);
    let sql = "CREATE STREAM s (id INT KEY, n INT) WITH (KAFKA_TOPIC = 's', VALUE_FORMAT = 'JSON', PARTITIONS = 1);
               CREATE STREAM t AS SELECT * FROM s;";
    std::fs::write(path.join("p.sql"), sql).unwrap();
    let properties = "ssl.keystore.location=server.pem\nssl.keystore.type=PEM\nssl.truststore.location=ca.pem\n\
                      ssl.truststore.type=PEM\nssl.client.authentication=REQUIRED\nauthentication.method=BASIC\n\
                      millstream.authentication.users.file=users\n";
    std::fs::write(path.join("server.properties"), properties).unwrap();
    for command in [["run", "p.sql"], ["server", "--queries-file=p.sql"]] {
        let https = ["--config", "server.properties", "--listeners", "https://127.0.0.1:0"];
        let (child, url, _) = running(&[&command[..], &https].concat(), path);
        assert!(url.starts_with("https://127.0.0.1:"), "{url}");
        let access = ["--cacert", "ca.pem", "--cert", "client.pem", "-u", "ada", "-p", "secret"];
        let shown = call(&[&["sql", &url, "-e", "SHOW QUERIES;"], &access[..]].concat(), "", path).ok();
        assert!(shown.contains("CSAS_T_"), "{shown}");
        end(child);
    }
}
