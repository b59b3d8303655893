#!/usr/bin/env bash
# Builds the Dockerfile with a small static program and runs it: nothing but the binary is needed, it is not
# root, it reaches the CA roots, and it finds names. Needs a Docker engine and a C compiler; run by hand:
#
#   infra/gcp/tests/image.sh [FUNCTION]    with FUNCTION, dist/FUNCTION/bootstrap is started instead
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)
docker version >/dev/null || {
  echo "no Docker engine answers; on Debian: apt-get install docker.io, then start dockerd" >&2
  exit 1
}
context=$(mktemp -d)
tag=tasuki/image-test:$$
trap 'docker image rm --force "$tag" >/dev/null 2>&1 || true; rm -rf "$context"' EXIT

function=${1:-probe}
mkdir -p "$context/dist/$function" "$context/infra"
cp "$ROOT/Dockerfile" "$ROOT/.dockerignore" "$context"
cp -r "$ROOT/infra/image" "$context/infra"
cp /etc/ssl/certs/ca-certificates.crt "$context/dist"
if (($# > 0)); then
  cp "$ROOT/dist/$function/bootstrap" "$context/dist/$function"
else
  cat >"$context/probe.c" <<'PROGRAM'
#include <netdb.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  struct addrinfo *found;
  int code = getaddrinfo("localhost", "80", NULL, &found);
  printf("user %d, roots %s, localhost %s\n", (int)getuid(),
         access("/etc/ssl/certs/ca-certificates.crt", R_OK) ? "missing" : "there",
         code ? gai_strerror(code) : "found");
  return 0;
}
PROGRAM
  cc -static -w -o "$context/dist/probe/bootstrap" "$context/probe.c"
fi
docker build --quiet --build-arg "FUNCTION=$function" --tag "$tag" "$context" >/dev/null
docker image inspect --format '{{.Size}} bytes, user {{.Config.User}}, starts {{.Config.Entrypoint}}' "$tag"
if (($# > 0)); then
  docker run --rm --read-only "$tag" --help
else
  said=$(docker run --rm --read-only "$tag")
  echo "$said"
  [[ $said == "user 65532, roots there, localhost found" ]]
fi
