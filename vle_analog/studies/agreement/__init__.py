"""Does the compiled engine agree with ngspice?"""
