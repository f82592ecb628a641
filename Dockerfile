# docker build -t secmon-portal .
# docker run -p 8080:8080 -v secmon-portal:/data -e SECMON_PORTAL_PUBLIC_URL=https://portal.example secmon-portal

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
# Cache mounts keep dependencies and build results, so that a change compiles the portal only. They are unmounted after
# this step, hence the copy.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo build --profile dist --locked --bin secmon-portal \
    && cp target/dist/secmon-portal /usr/local/bin/

FROM debian:bookworm-slim
# The base image determines the version and is rebuilt with each release.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && install --directory --owner=10001 --group=10001 --mode=0700 /data
COPY --from=build /usr/local/bin/secmon-portal /usr/local/bin/secmon-portal
# Numeric, so that Kubernetes can verify runAsNonRoot.
USER 10001:10001
ENV SECMON_PORTAL_DATA_DIR=/data \
    SECMON_PORTAL_LISTEN=0.0.0.0:8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=6s --start-period=10s CMD ["secmon-portal", "healthcheck"]
ENTRYPOINT ["secmon-portal"]
CMD ["serve"]
