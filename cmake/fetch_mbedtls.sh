#!/usr/bin/env bash
# fetch_mbedtls.sh FOLDER: put the sources of Mbed TLS, as Debian maintains them, into FOLDER.
#
# The TLS library of the static agent is compiled by us (docs/adr/0003-tls.md), from the source package
# of the Debian release after the one that we build on, security updates included.  apt checks the
# signatures.  The machine's own package lists and sources stay as they are, and root is not needed.
# Once the folder is there, nothing is fetched any more; remove it to take a newer package.
set -euo pipefail
export LC_ALL=C.UTF-8

release=trixie
series=3.6
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
target=$1
work=$target.work

fail() {
    printf 'fetch_mbedtls: %s\n' "$*" >&2
    printf 'Without it the agent can be built without TLS: cmake -D THAW_TLS=OFF\n' >&2
    exit 1
}

mkdir -p "$(dirname "$target")"
exec 9>"$target.lock"
flock 9
[ ! -e "$target/VERSION" ] || exit 0
command -v apt-get >/dev/null || fail "this is not Debian; put the sources of Mbed TLS $series into $target and its version into $target/VERSION"
[ -e $keyring ] || fail "$keyring is missing: install debian-archive-keyring"
printf 'fetching the source package of Mbed TLS %s\n' $series

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
(cd "$work" && "${apt[@]}" source --download-only mbedtls) >"$log" 2>&1 ||
    { cat "$log" >&2; fail "the source package cannot be fetched from $main"; }

shopt -s nullglob
description=("$work"/mbedtls_"$series".*.dsc)
[ ${#description[@]} = 1 ] || fail "$release has no Mbed TLS $series any more"
version=$(sed -n 's/^Version: //p' "${description[0]}")
python3 -m tarfile -e "$work"/mbedtls_*.orig.tar.* "$work/tree" >/dev/null
tree=("$work"/tree/*)
[ ! -d "$work/tree/library" ] || tree=("$work/tree")
python3 -m tarfile -e "$work"/mbedtls_*.debian.tar.* "$work/patches" >/dev/null
grep -v '^#' "$work/patches/debian/patches/series" | while read -r patch; do
    # The ceiling: this is not a part of our repository, whatever folder it lies in.
    (cd "${tree[0]}" && GIT_CEILING_DIRECTORIES=$work/tree git apply "$work/patches/debian/patches/$patch") ||
        fail "Debian's $patch does not apply"
done

rm -rf "$target"
mkdir "$target"
mv "${tree[0]}/include" "${tree[0]}/library" "${tree[0]}/LICENSE" "$target"
printf '%s\n' "$version" >"$target/VERSION.part"
mv "$target/VERSION.part" "$target/VERSION"
printf 'Mbed TLS %s is in %s\n' "$version" "$target"
