"""The smallest reserve that meets its targets."""
