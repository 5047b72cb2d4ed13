# syntax=docker/dockerfile:1

# All images of LiveMart. Everything is built by one call of cargo; an image is one program on top of nothing:
#
#   docker buildx bake                                                   all of them (docker-bake.hcl)
#   docker build --target service --build-arg SERVICE=order .            one service
#   docker build --target console .                                      the operator's program

FROM rust:1.95-slim-trixie AS chef
RUN cargo install cargo-chef --version 0.1.78 --locked
WORKDIR /src

# What the dependencies are, without the code: a layer that stays the same until they change.
FROM chef AS plan
COPY . .
RUN cargo chef prepare --recipe-path recipe.json

FROM chef AS build
COPY --from=plan /src/recipe.json recipe.json
RUN cargo chef cook --profile dist --workspace --bins --recipe-path recipe.json
COPY . .
RUN cargo build --locked --profile dist --workspace --bins \
    && mkdir /out \
    && find target/dist -maxdepth 1 -type f -executable -name 'livemart*' -exec cp --target-directory=/out {} +

# A C library and certificates; no shell, no packages, and user 65532.
FROM gcr.io/distroless/cc-debian13:nonroot AS base

FROM base AS service
ARG SERVICE
COPY --from=build /out/livemart-${SERVICE} /usr/local/bin/service
ENV LIVEMART_HTTP_LISTEN=0.0.0.0:8080 \
    LIVEMART_ADMIN_LISTEN=0.0.0.0:9090 \
    LIVEMART_LOG_FORMAT=json
EXPOSE 8080 9090
# Kubernetes asks the port itself; this is for whoever runs the image alone, or by Compose.
HEALTHCHECK --interval=5s --timeout=3s --start-period=30s --retries=6 CMD ["/usr/local/bin/service", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/service"]
CMD ["run"]

FROM base AS console
COPY --from=build /out/livemart /usr/local/bin/livemart
# Of the same commit as the services that check their durables against them.
COPY streams/*.json /etc/livemart/streams/
COPY streams/consumers/ /etc/livemart/streams/consumers/
ENV LIVEMART_STREAMS_DIRECTORY=/etc/livemart/streams
# Its commands end by themselves, or wait to be entered: there is nothing whose health could be asked.
HEALTHCHECK NONE
ENTRYPOINT ["/usr/local/bin/livemart"]
