#!/bin/sh
# points.sh KIND: counts the points inside the set, at its edge, or outside.
set -eu

count=0
row=0
while [ $row -lt 24 ]; do
    while read -r steps; do
        if [ "$steps" -ge 1500 ]; then kind=inside; elif [ "$steps" -ge 12 ]; then kind=edge; else kind=outside; fi
        [ $kind != "$1" ] || count=$((count + 1))
    done <"work/steps.$row"
    row=$((row + 1))
done
echo $count
