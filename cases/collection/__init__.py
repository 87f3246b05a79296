"""归集: exchange files become clean rows, or problems with a place, a reason and a remedy. Pure; knows no models.

`checks.check_file` is the way in. `workbook` and `annotate` load the spreadsheet libraries and come on first use.
"""
