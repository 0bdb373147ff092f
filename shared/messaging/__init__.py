"""RabbitMQ: topology, publisher, relay, consumers and the edge around each delivery."""
