"""What Deskhand costs, measured beside what it is compared with: always in one run, in alternated rounds, as ratios."""
