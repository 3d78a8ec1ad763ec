"""What is a part like, measured in ngspice?"""
