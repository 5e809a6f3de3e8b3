#!/usr/bin/env bash
# variants.sh BCF...: joins the regions, normalises the indels and keeps what many good bases agree on.
set -euo pipefail
out=results/variants.vcf.gz

mkdir -p results
bcftools concat -Ou "$@" |
    bcftools norm -f work/lambda.fa -Ou |
    bcftools view -i 'QUAL >= 30 && SUM(INFO/DP4) >= 10' -Oz -o "$out.part"
mv "$out.part" "$out"
bcftools index -f -t "$out"
