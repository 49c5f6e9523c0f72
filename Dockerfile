# syntax=docker/dockerfile:1
# The one binary of the root module: serve, worker, migrate and the commands.

FROM golang:1.26.8-alpine3.22 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags="-s -w" -o /out/handover ./cmd/handover \
 && mkdir -p /out/data

FROM alpine:3.22
# Zones are data of the program: a last moment means nothing without them.
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /usr/local/share/zoneinfo.zip
ENV ZONEINFO=/usr/local/share/zoneinfo.zip
COPY --from=build /out/handover /usr/local/bin/handover
# A new volume takes over the owner of the folder that it is mounted on.
COPY --from=build --chown=10001:10001 /out/data /data
USER 10001:10001
WORKDIR /data
ENTRYPOINT ["/usr/local/bin/handover"]
CMD ["--help"]
