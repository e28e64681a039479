"""Gold sets, metrics and runs: does a change make answers better?"""
