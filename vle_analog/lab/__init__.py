"""What every study needs: who computes, where results are kept, what identifies them."""
