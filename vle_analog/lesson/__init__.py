"""One network learns one lesson, ideally or as a board, and is judged with its weights held."""
