"""`python -m infra.diagram` draws docs/pictures/architecture.svg from the template: functions, what invokes them, and
what each may read and write. The functions and stores that have nothing in common are drawn apart.
"""
