"""The table: every row, in its order."""

from sim.study.validation import clients, hashes, limiters, queueing, shares, tor
from sim.study.validation.row import Row, numbered

ROWS: tuple[Row, ...] = numbered(queueing.rows(), tor.rows(), clients.rows(), limiters.rows(), shares.rows(), hashes.rows(),
                                 queueing.of_every_run())
