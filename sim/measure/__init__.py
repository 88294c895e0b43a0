"""What a run amounts to: accumulators that both engines fold events through, metrics, statistics, queueing theory."""
