"""What on one shape, or of one detector, corresponds to what on or of another."""
