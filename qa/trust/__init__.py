"""What an answer must pass: citing, checking, judging, refusing. Nothing leaves `qa.ways` without it."""
