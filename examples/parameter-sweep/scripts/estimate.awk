# Estimates pi from points in the unit square: four times the share of them that lies within the quarter of a circle.
# Variables: method ("random", "stratified" or "lattice"), samples, seed. Prints them with the estimate and its error.

BEGIN {
    srand(seed)
    side = int(sqrt(samples))
    if (method == "random") for (i = 0; i < samples; i++) count(rand(), rand())
    else if (method == "stratified") grid(side)
    else if (method == "lattice") lattice(samples)
    else { print "unknown method '" method "'" > "/dev/stderr"; exit 2 }
    pi = atan2(0, -1)
    estimate = 4 * within / points
    error = estimate - pi
    printf "%s\t%d\t%d\t%.8f\t%.3e\n", method, points, seed, estimate, error < 0 ? -error : error
}

function count(x, y) { points++; if (x * x + y * y < 1) within++ }

# One point somewhere in each cell of a grid.
function grid(side,    row, column) {
    for (row = 0; row < side; row++)
        for (column = 0; column < side; column++)
            count((column + rand()) / side, (row + rand()) / side)
}

# Points that keep away from each other (Roberts 2018: powers of the plastic number), moved by chance as a whole.
function lattice(samples,    i, x, y) {
    x = rand(); y = rand()
    for (i = 0; i < samples; i++) {
        x += 0.7548776662466927; if (x >= 1) x -= 1
        y += 0.5698402909980532; if (y >= 1) y -= 1
        count(x, y)
    }
}
