"""From a trajectory to diffusion, conductivity, jumps and activation energies with honest intervals."""
