#!/usr/bin/env bash
# fetch_source.sh PACKAGE RELEASE SERIES FOLDER: put what we compile of a source package, as that release of
# Debian maintains it, into FOLDER.
#
# What the static agent stands on is compiled by us (docs/reference/dependencies.md), from source packages,
# security updates included.  apt checks the signatures.  The machine's own package lists and sources stay
# as they are, and root is not needed.  Once the folder is there, nothing is fetched any more; remove it to
# take a newer package.
set -euo pipefail
export LC_ALL=C.UTF-8

package=$1
release=$2
series=$3
target=$4
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
work=$target.work

fail() {
    printf 'fetch_source: %s\n' "$*" >&2
    exit 1
}

mkdir -p "$(dirname "$target")"
exec 9>"$target.lock"
flock 9
[ ! -e "$target/VERSION" ] || exit 0
command -v apt-get >/dev/null || fail "this is not Debian; put the sources of $package $series into $target and its version into $target/VERSION"
[ -e $keyring ] || fail "$keyring is missing: install debian-archive-keyring"
printf 'fetching the source package %s %s\n' "$package" "$series"

rm -rf "$work"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/tree"
trap 'rm -rf "$work"' EXIT

# The mirrors that this machine uses already.
mirrors=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | sort -u)
main=$(grep -E '/debian/?$' <<<"$mirrors" | head -n 1 || true)
security=$(grep -E '/debian-security/?$|//security\.debian\.' <<<"$mirrors" | head -n 1 || true)
[ -n "$main" ] || fail "the package sources of this machine name no Debian mirror"
{
    echo "deb-src [signed-by=$keyring] $main $release main"
    [ -z "$security" ] || echo "deb-src [signed-by=$keyring] $security $release-security main"
} >"$work/sources.list"

apt=(
    apt-get -q
    -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$work/lists" -o "Dir::Cache=$work/cache" -o Acquire::Languages=none
    -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3
)
log=$work/log
"${apt[@]}" update >"$log" 2>&1 || { cat "$log" >&2; fail "the package list of $main cannot be fetched"; }
(cd "$work" && "${apt[@]}" source --download-only "$package") >"$log" 2>&1 ||
    { cat "$log" >&2; fail "the source package cannot be fetched from $main"; }

shopt -s nullglob
description=("$work/${package}_$series".*.dsc)
[ ${#description[@]} = 1 ] || fail "$release has no $package $series any more"
version=$(sed -n 's/^Version: //p' "${description[0]}")
python3 -m tarfile -e "$work/${package}"_*.orig.tar.* "$work/tree" >/dev/null
tree=("$work"/tree/*)
[ ! -d "$work/tree/library" ] || tree=("$work/tree")
python3 -m tarfile -e "$work/${package}"_*.debian.tar.* "$work/patches" >/dev/null
grep -v '^#' "$work/patches/debian/patches/series" | while read -r patch; do
    # The ceiling: this is not a part of our repository, whatever folder it lies in.
    (cd "${tree[0]}" && GIT_CEILING_DIRECTORIES=$work/tree git apply "$work/patches/debian/patches/$patch") ||
        fail "Debian's $patch does not apply"
done

rm -rf "$target"
mkdir "$target"
case $package in
mbedtls) mv "${tree[0]}"/{include,library,LICENSE} "$target" ;;
*) mv "${tree[0]}"/*.[ch] "$target" ;;
esac
printf '%s\n' "$version" >"$target/VERSION.part"
mv "$target/VERSION.part" "$target/VERSION"
printf '%s %s is in %s\n' "$package" "$version" "$target"
