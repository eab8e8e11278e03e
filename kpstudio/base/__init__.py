"""Ground floor: errors, array checks, run context, parameters, plugin table, paths."""
