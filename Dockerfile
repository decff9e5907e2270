# Millstream in a container: the binary, a folder for its data, no root.
#   docker build -t millstream .
#   docker run -p 8088:8088 -v millstream:/data millstream          a server with a Kafka of its own
FROM rust:1.95-bookworm AS build
# librdkafka is built with make, the OpenSSL in it with Perl.
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev make perl && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY Cargo.toml Cargo.lock rustfmt.toml clippy.toml ./
COPY crates crates
COPY tests tests
RUN cargo build --locked --profile dist -p millstream

FROM debian:bookworm-slim
# Whom TLS believes: Kafka's brokers, schema registries, other servers.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 1001 --home-dir /data millstream && mkdir /data && chown millstream /data
COPY --from=build /src/target/dist/millstream /usr/local/bin/millstream
COPY sql-examples /sql-examples
# Scripts that call ksql go on: under that name the binary is its shell.
RUN ln -s millstream /usr/local/bin/ksql
USER millstream
WORKDIR /data
VOLUME /data
EXPOSE 8088
HEALTHCHECK --interval=5s --timeout=5s --start-period=10s --retries=12 CMD ["millstream", "sql", "http://localhost:8088", "-e", "SHOW STREAMS;"]
ENTRYPOINT ["millstream"]
CMD ["server", "--data-dir", "/data", "--listeners", "http://0.0.0.0:8088"]
