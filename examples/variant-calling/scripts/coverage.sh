#!/usr/bin/env bash
# coverage.sh SAMPLE: draws how many reads cover each place of the genome, as text and as SVG.
set -euo pipefail
sample=$1

mkdir -p results
for format in txt svg; do
    out=results/coverage-$sample.$format
    samtools depth -a "work/$sample.bam" |
        awk -v format="$format" -v sample="$sample" -f scripts/coverage.awk >"$out.part"
    mv "$out.part" "$out"
done
