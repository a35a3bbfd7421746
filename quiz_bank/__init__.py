"""Questions, grading of answers, scheduling, exams and the learner's progress. Pure: time, randomness and paths are arguments."""
