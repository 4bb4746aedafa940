# One static program on an empty base; `make image` makes the same without Docker.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /out/ ./cmd/...

FROM scratch AS inference-sim
COPY --from=build /out/inference-sim /inference-sim
USER 65532:65532
ENTRYPOINT ["/inference-sim"]

FROM scratch
COPY --from=build /out/swarmgrid /swarmgrid
USER 65532:65532
ENTRYPOINT ["/swarmgrid"]
