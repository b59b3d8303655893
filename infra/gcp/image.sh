# shellcheck shell=bash
# The image of a function: one static binary, CA roots, nothing else.
#
# Its tag is the fingerprint of all that goes into it, so what is in the registry already is neither
# built again nor pushed. What is deployed is the digest.

TARGET=x86_64-unknown-linux-gnu
CA_BUNDLES=(/etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/ca-bundle.pem)

# Sets IMAGE to the address with the digest; builds and pushes what the registry lacks.
ensure_image() {
  local repository="$REGION-docker.pkg.dev/$PROJECT/tasuki/$FUNCTION" tag digest
  if [[ -n ${!DIGEST_VARIABLE:-} ]]; then
    digest=${!DIGEST_VARIABLE}
    [[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] ||
      fail "$DIGEST_VARIABLE is \`$digest\`: a digest is sha256: and 64 hex digits, as docker push prints it" 2
    IMAGE=$repository@$digest
    unchanged "image as given, ${digest:0:19}"
    return
  fi
  build_binary
  tag=$(image_tag)
  digest=$(pushed_digest "$repository" "$tag")
  if [[ -n $digest ]]; then
    unchanged "image $FUNCTION:$tag"
  else
    push_image "$repository" "$tag"
    if [[ $PLAN == yes ]]; then digest="(the digest that the push gives)"; else digest=$(local_digest "$repository" "$tag"); fi
  fi
  IMAGE=$repository@$digest
}

# Builds dist/FUNCTION/bootstrap; cargo itself knows whether anything is to be done.
build_binary() {
  local roots built="${CARGO_TARGET_DIR:-$ROOT/target}/$TARGET/release/$FUNCTION"
  command -v cargo >/dev/null || fail "cargo is not installed; see https://rustup.rs, or set $DIGEST_VARIABLE to an image that was pushed before"
  printf '… building %s\n' "$FUNCTION"
  (
    cd "$ROOT" || exit
    RUSTFLAGS='-C target-feature=+crt-static' cargo build --release --locked --package "$FUNCTION" \
      --features "$FEATURES" --target "$TARGET"
  ) || fail "building $FUNCTION did not work; cargo's words are above"
  require_static "$built"
  roots=$(ca_bundle)
  mkdir -p "$ROOT/dist/$FUNCTION"
  install -m 755 "$built" "$ROOT/dist/$FUNCTION/bootstrap"
  install -m 644 "$roots" "$ROOT/dist/ca-certificates.crt"
  if owns stage; then own stage; fi
}

# FROM scratch has no loader and no libraries: a binary that asks for one would not start.
require_static() {
  local headers
  command -v readelf >/dev/null || fail "readelf is not installed; on Debian: apt-get install binutils"
  headers=$(readelf --file-header --program-headers --dynamic --wide "$1") || fail "$1 is not an ELF binary"
  [[ $headers == *'Advanced Micro Devices X86-64'* ]] || fail "$1 is not built for x86-64, which Cloud Run needs"
  [[ $headers != *INTERP* && $headers != *'(NEEDED)'* ]] ||
    fail "$1 is not static; it must be built with -C target-feature=+crt-static for $TARGET"
}

ca_bundle() {
  local file
  for file in "${CA_BUNDLES[@]}"; do
    if [[ -r $file ]]; then
      printf '%s' "$file"
      return
    fi
  done
  fail "no CA roots in ${CA_BUNDLES[*]}; on Debian: apt-get install ca-certificates"
}

# The fingerprint of all that the Dockerfile copies, and of itself.
image_tag() {
  (
    cd "$ROOT" || exit
    { printf '%s\n' Dockerfile infra/image/* dist/ca-certificates.crt && find "dist/$FUNCTION" -type f; } |
      LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum
  ) | fingerprint
}

# The digest of REPOSITORY:TAG, or nothing.
pushed_digest() {
  api_enabled artifactregistry && observed_line repositories tasuki || return 0
  observe pushed artifacts docker images list "$1" --include-tags --filter="tags:$2" --format='value(version)'
  finish_reads
  head -n 1 "$STATE/pushed"
}

# Docker's own login stays as it is: the token goes into a folder that ends with this run.
push_image() {
  local image="$1:$2" engine
  CHANGES=$((CHANGES + 1))
  printf '+ build and push the image %s\n' "$image"
  if [[ $PLAN == yes ]]; then
    printf '    docker build --build-arg FUNCTION=%s --tag %s .\n    docker push %s\n' "$FUNCTION" "$image" "$image"
    return
  fi
  docker version >/dev/null 2>&1 ||
    fail "no Docker engine answers; start one, use Cloud Shell, which has it, or set $DIGEST_VARIABLE to an image that was pushed before"
  docker build --quiet --build-arg "FUNCTION=$FUNCTION" --tag "$image" "$ROOT" >/dev/null ||
    fail "docker build did not work; its words are above"
  engine=$(docker context inspect --format '{{.Endpoints.docker.Host}}')
  gcloud auth print-access-token |
    docker --config "$STATE/docker" login --username oauth2accesstoken --password-stdin "https://${1%%/*}" >/dev/null ||
    fail "docker could not log in to ${1%%/*}"
  docker --config "$STATE/docker" --host "${DOCKER_HOST:-$engine}" push --quiet "$image" >/dev/null ||
    fail "docker push did not work; its words are above. The account needs roles/artifactregistry.writer"
}

# The digest that the registry gave to the image that was pushed.
local_digest() {
  local digest
  digest=$(docker image inspect --format '{{range .RepoDigests}}{{println .}}{{end}}' "$1:$2" | sed -n "s|^$1@||p" | head -n 1)
  [[ -n $digest ]] || fail "docker does not know the digest of $1:$2, which it pushed; push it by hand and set $DIGEST_VARIABLE"
  printf '%s' "$digest"
}
