#!/usr/bin/env bash
# Every C file stands as .clang-format writes it, and no line is longer than it allows. Repair: clang-format -i FILES.
set -euo pipefail
cd "${CCSUP_SOURCE:?}"
command -v clang-format >/dev/null || {
    echo "clang-format is not installed (apt-get install clang-format)"
    exit 1
}
mapfile -t files < <(find agents supervisor watchdog tests -name '*.[ch]' | sort)
[[ ${#files[@]} -ge 20 ]] || {
    echo "only ${#files[@]} files: is this the source?"
    exit 1
}
code=0
for file in "${files[@]}"; do
    if ! clang-format --dry-run -Werror "$file" >/dev/null 2>&1; then
        echo "$file: not as .clang-format writes it; clang-format -i $file"
        clang-format "$file" | diff "$file" - | head -n 6 || true
        code=1
    fi
done
# Comments are not broken by clang-format, so their length is looked at here.
limit=$(sed -n 's/^ColumnLimit: *//p' .clang-format)
long=$(LC_ALL=C.UTF-8 grep -nE "^.{$((limit + 1)),}" "${files[@]}" | cut -d: -f1,2 || true)
if [[ -n $long ]]; then
    printf 'longer than %s characters:\n%s\n' "$limit" "$long"
    code=1
fi
[[ $code != 0 ]] || echo "${#files[@]} files"
exit "$code"
