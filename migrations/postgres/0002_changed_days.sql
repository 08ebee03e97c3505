-- Charts keep days in memory and ask which of them have changed since.
CREATE INDEX day_cells_by_change ON day_cells (changed_ms);
