#!/usr/bin/env bash
# report.sh: one page with the counts and the coverage of both samples.
set -euo pipefail
out=results/report.txt

{
    echo "Variants in results/variants.vcf.gz"
    echo
    column -t -s $'\t' results/counts.tsv 2>/dev/null || cat results/counts.tsv
    for sample in long short; do
        echo
        cat "results/coverage-$sample.txt"
    done
} >"$out.part"
mv "$out.part" "$out"
