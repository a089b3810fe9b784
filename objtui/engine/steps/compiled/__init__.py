"""Steps of a training compiled into one function, for those so long that it repays."""
