# Reads the estimates and prints, for each method and size, the root mean square of the errors over all seeds.

{
    key = $1 "\t" $2
    squares[key] += $5 * $5
    sum[key] += $4
    seeds[key]++
}

END {
    for (key in squares)
        printf "%s\t%d\t%.6f\t%.2e\n", key, seeds[key], sum[key] / seeds[key], sqrt(squares[key] / seeds[key])
}
