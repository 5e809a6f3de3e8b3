#!/usr/bin/env bash
# count.sh VCF: counts the variants of every sample, and those that all samples share.
set -euo pipefail
vcf=$1
out=results/counts.tsv

# The figures of `bcftools stats`: SN lines are "SN 0 key: value", TSTV lines begin with transitions and transversions.
count() {
    bcftools view -s "$1" -c 1 -Ou "$vcf" | bcftools stats | awk -v sample="$1" -F '\t' '
        $1 == "SN" && $3 == "number of SNPs:" { snps = $4 }
        $1 == "SN" && $3 == "number of indels:" { indels = $4 }
        $1 == "TSTV" { transitions = $3; transversions = $4 }
        END { print sample "\t" snps "\t" indels "\t" transitions "\t" transversions }'
}

{
    printf 'sample\tSNPs\tindels\ttransitions\ttransversions\n'
    for sample in $(bcftools query -l "$vcf"); do count "$sample"; done
    shared=$(bcftools view -H -i 'N_PASS(GT="alt") = N_SAMPLES' "$vcf" | wc -l)
    printf 'shared\t%s\n' "$shared"
} >"$out.part"
mv "$out.part" "$out"
