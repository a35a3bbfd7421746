"""Mock exams without a screen: sitting one, and its report in words."""
