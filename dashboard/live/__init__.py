"""From sampler to browser: takes samples, publishes them, and hands each socket the view it watches."""
