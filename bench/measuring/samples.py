"""Numbers out of samples. Every sample is kept until here, and sorted; nothing is put into buckets."""

import statistics

# Where the curve of a distribution is sampled for the plots: the share of samples below.
CURVE = [i / 100 for i in range(100)] + [1 - 10 ** (-2 - i / 10) for i in range(41)]


def percentile(ordered, share):
    """The smallest sample that at least `share` of all are not above."""
    count = len(ordered)
    return ordered[min(count - 1, max(0, -int(-share * count // 1) - 1))]


def distribution(key, name, unit, repetitions):
    """A figure from the samples of interleaved repetitions: the median of their medians with its spread, and the tail
    of all of them together, which is only as good as the number of samples."""
    medians = [statistics.median(samples) for samples in repetitions if samples]
    ordered = sorted(sample for samples in repetitions for sample in samples)
    if not ordered:
        raise ValueError(f"{key}: no samples")
    count = len(ordered)
    return {"key": key, "name": name, "unit": unit, "median": statistics.median(medians), "low": min(medians),
            "high": max(medians), "repetitions": len(medians), "samples": count, "p99": percentile(ordered, 0.99),
            "p999": percentile(ordered, 0.999), "max": ordered[-1],
            "curve": [[round(share, 7), round(percentile(ordered, share), 3)] for share in CURVE
                      if (1 - share) * count >= 1]}


def value(key, name, unit, repetitions):
    """A figure of which each repetition gives one number."""
    return {"key": key, "name": name, "unit": unit, "median": statistics.median(repetitions), "low": min(repetitions),
            "high": max(repetitions), "repetitions": len(repetitions), "samples": len(repetitions)}
