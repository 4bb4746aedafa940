# One static program on an empty base; `make image` makes the same without Docker.
# The digest is that of the tag's index, for every processor; raise both together.
FROM golang:1.26.5@sha256:3aff6657219a4d9c14e27fb1d8976c49c29fddb70ba835014f477e1c70636647 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/ ./cmd/... ./examples/shop
# What every image has beside its program: the roots of trust, without which no https
# target can be loaded, and a place for temporary files.
RUN mkdir -p /base/etc/ssl/certs /base/tmp && chmod 1777 /base/tmp && cp /etc/ssl/certs/ca-certificates.crt /base/etc/ssl/certs/

FROM scratch AS inference-sim
COPY --from=build /base/ /
COPY --from=build /out/inference-sim /inference-sim
WORKDIR /tmp
USER 65532:65532
ENTRYPOINT ["/inference-sim"]

FROM scratch AS shop
COPY --from=build /base/ /
COPY --from=build /out/shop /shop
WORKDIR /tmp
USER 65532:65532
ENTRYPOINT ["/shop"]

FROM scratch
COPY --from=build /base/ /
COPY --from=build /out/swarmgrid /swarmgrid
WORKDIR /tmp
USER 65532:65532
ENTRYPOINT ["/swarmgrid"]
