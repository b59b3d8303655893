# shellcheck shell=bash
# The Artifact Registry repository that holds the images of all functions and environments.

observe_registry() {
  observe_if artifactregistry repositories \
    artifacts repositories list --location="$REGION" --format='value(name.basename())'
}

ensure_registry() {
  if observed_line repositories tasuki; then
    unchanged "image repository tasuki"
  else
    change "make the image repository tasuki" \
      artifacts repositories create tasuki --location="$REGION" --repository-format=docker \
      --description="Images of Tasuki's functions"
  fi
}
