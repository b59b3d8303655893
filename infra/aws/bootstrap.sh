# shellcheck shell=bash
# The packages of the functions: dist/FUNCTION/bootstrap, built once by cargo, checked before it is sent.

# What Amazon Linux 2023 has, on which provided.al2023 is based.
# Source: AL2023 User Guide, "Packages": glibc 2.34.
NEWEST_GLIBC=2.34
LIBRARIES='libc\.so\.6|libm\.so\.6|libgcc_s\.so\.1|libpthread\.so\.0|libdl\.so\.2|librt\.so\.1|libresolv\.so\.2|ld-linux-(x86-64\.so\.2|aarch64\.so\.1)'
# A stripped bootstrap has some 10 MB; one that is several times larger was built in another way.
LARGEST_MEBIBYTES=20
declare -A MACHINE=([x86_64]='Advanced Micro Devices X86-64' [arm64]=AArch64)
declare -A TRIPLE=([x86_64]=x86_64-unknown-linux-gnu [arm64]=aarch64-unknown-linux-gnu)

# Fills dist/; a function that is not asked for gets a package without a bootstrap, because SAM packs all.
ensure_bootstraps() {
  local function architecture built
  architecture=$(setting ARCHITECTURE "${DEFAULT[ARCHITECTURE]}")
  if [[ -n ${BOOTSTRAPS:-} ]]; then
    built=$BOOTSTRAPS
  else
    build_bootstraps "$architecture"
    built=$STATE/built
  fi
  for function in "${!RESOURCE[@]}"; do
    rm -rf "dist/$function"
    mkdir -p "dist/$function"
    echo "$function is not deployed" >"dist/$function/about.txt"
  done
  for function in "${FUNCTIONS[@]}"; do
    [[ -f $built/$function/bootstrap ]] || fail "$built/$function/bootstrap does not exist" 2
    require_runnable "$built/$function/bootstrap" "$architecture"
    pack "$function" "$built/$function/bootstrap"
  done
}

pack() {
  local folder=dist/$1
  rm "$folder/about.txt"
  install -m 755 "$2" "$folder/bootstrap"
  if [[ $1 == *-export ]] && is_set GOOGLE_CREDENTIALS_FILE; then install -m 644 "$(google_credentials)" "$folder/"; fi
  printf '= bootstrap of %s, %s KiB\n' "$1" "$((($(stat --format=%s "$2") + 1023) / 1024))"
}

# Builds the functions that are asked for into $STATE/built.
build_bootstraps() {
  local function triple=${TRIPLE[$1]} host folder features='' packages=() target=()
  command -v cargo >/dev/null ||
    fail "cargo is not installed; see https://rustup.rs, or set BOOTSTRAPS to a folder with bootstraps that were built before"
  host=$(rustc -vV | sed -n 's/^host: //p')
  folder=${CARGO_TARGET_DIR:-$ROOT/target}
  # Without --target the build shares what the tests have built.
  if [[ $host != "$triple" ]]; then
    target=(--target "$triple")
    folder+=/$triple
  fi
  for function in "${FUNCTIONS[@]}"; do
    packages+=(--package "$function")
    features+="$function/lambda,"
    # Only exports are told to programs.
    if [[ $function == *-export && $(setting VERIFIED_TOPIC) == projects/* ]]; then features+="$function/pubsub,"; fi
    if is_set NOTIFY_WEBHOOK_SECRET; then features+="$function/webhook,"; fi
  done
  printf '… building %s\n' "${FUNCTIONS[*]}"
  cargo build --release --locked "${packages[@]}" --features "${features%,}" "${target[@]}" ||
    fail "building ${FUNCTIONS[*]} did not work; cargo's words are above"
  for function in "${FUNCTIONS[@]}"; do
    mkdir -p "$STATE/built/$function"
    cp "$folder/release/$function" "$STATE/built/$function/bootstrap"
  done
}

# Ends when Lambda could not start FILE, which it would say only at the first invocation.
require_runnable() {
  local file=$1 architecture=$2 headers newest needed size
  headers=$(readelf --file-header --dynamic --version-info --wide "$file" 2>&1) && [[ $headers == *'ELF Header'* ]] ||
    fail "$file is not an ELF binary"
  [[ $headers == *"${MACHINE[$architecture]}"* ]] ||
    fail "$file is not built for $architecture, which ARCHITECTURE asks for; it is for$(sed -n 's/^ *Machine: *//p' <<<"$headers" | sed 's/^/ /')"
  newest=$(grep -oE 'GLIBC_[0-9.]+' <<<"$headers" | sed 's/GLIBC_//' | sort --version-sort | tail -n 1) || true
  [[ $(printf '%s\n' "${newest:-0}" "$NEWEST_GLIBC" | sort --version-sort | tail -n 1) == "$NEWEST_GLIBC" ]] ||
    fail "$file needs glibc $newest and Lambda has $NEWEST_GLIBC; build it on Debian 12 or older, or with cargo zigbuild --target ${TRIPLE[$architecture]}.$NEWEST_GLIBC"
  needed=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' <<<"$headers" | grep -Evx "$LIBRARIES" | paste -sd ' ') || true
  [[ -z $needed ]] || fail "$file needs $needed, which Lambda does not have; link it statically"
  size=$(stat --format=%s "$file")
  ((size <= LARGEST_MEBIBYTES * 1048576)) ||
    fail "$file has $((size / 1048576)) MiB and at most $LARGEST_MEBIBYTES are expected; build it with --release, which strips it"
}
