# shellcheck shell=bash
# Roles of our own, where each predefined one would allow more than is done.

observe_role() {
  observe_if iam "role-$1" iam roles describe "$1" --project="$2" --format='value(includedPermissions)'
}

# The role ID of PROJECT with PERMISSIONS, which are sorted and have commas between them.
ensure_role() {
  local id=$1 project=$2 title=$3 permissions=$4 found
  found=$(observed "role-$id" | tr ';' '\n' | sort | paste -sd ,)
  if [[ $found == "$permissions" ]]; then
    unchanged "role $id"
  elif [[ -n $found ]]; then
    change "bring the role $id up to date" iam roles update "$id" --project="$project" --permissions="$permissions"
  else
    change "make the role $id" iam roles create "$id" --project="$project" --title="$title" --permissions="$permissions"
  fi
}
