// placeholder until the front end is built
