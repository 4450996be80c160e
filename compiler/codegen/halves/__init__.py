"""Products of matrices of bfloat16, summed in float32."""
