"""Error paths over frequency."""
