"""How each kind of picture is read, by the name of its file."""

READING = {
    # Of a run.
    "ccdf": "How many calls took longer than x, on logarithmic axes: a curve that ends to the left is a fast pool, a "
    "long tail to the right a few calls that waited long.",
    "paths": "Where the elements came from, as the run went on. The reserve served the blue share; below, the share "
    "that it served in all, at once or after a wait.",
    "reserve": "The elements in the reserve, the calls that waited for one, and the pressure on memory, as the run "
    "went on. Where the reserve is at zero, calls wait.",
    "memory": "The machine's memory as the run went on: free pages against the watermarks, who reclaims, what pages "
    "are used for, and how much of the time tasks were stalled.",
    "split": "What the time in mempool_alloc went into, all calls together: operations, reclaim, sleep, and wake-ups "
    "that brought nothing.",
    # Of comparisons.
    "differences": "How each variant differs from the baseline. A bar is an interval: where it does not cross the line "
    "of no difference, the difference is shown.",
    "curves": "How many calls took longer than x, a curve for each variant. Where the bands overlap, the curves may "
    "well be the same.",
    "pairs": "The difference in each replication, both variants with the same arrivals, holds and outages.",
    "shares": "Where the elements came from: a bar for each variant, and every share with its interval.",
    "wakes": "What ended the sleeps: a free after which the call got its element, a free that brought it nothing, or "
    "the time-out.",
    "bottleneck": "Which of the pools is waited for: on the left the elements that callers hold, on the right the "
    "calls that wait, each the mean over time.",
    "pressure": "How often the reserve had to serve, by how hard memory was pressed.",
    # Of sweeps.
    "lines": "A measure along what is varied; a band is its interval.",
    "heat": "A measure over the two values that are varied, by colour and in figures.",
    "pareto": "What a reserve costs against what it is good for. Points on the line are better than any other of that "
    "cost.",
    "against": "One measure against another, a mark for each point of the sweep with both of its intervals.",
    "phase": "How the runs of each pair of values ended.",
    "tornado": "How far each value that is varied moves the measure, the one that moves it most first.",
    # Of sizings and verifications.
    "curve": "The measure of the target by the size of the reserve, with its interval; the line is the target.",
    "verification": "How far runs are from each prediction, in margins. A bar is an interval: within the shaded band "
    "it agrees.",
}


def reading_of(name: str) -> str:
    """Return how the picture in the file `name` is read, such as ``paths-bio.png``; nothing if it is not known."""
    stem = name.rpartition(".")[0] or name
    return READING.get(stem) or READING.get(stem.partition("-")[0], "")
