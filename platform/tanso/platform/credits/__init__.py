"""Credits: programmes, enrolled equipment, recorded reductions, issued and retired tonnes."""
