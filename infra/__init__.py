"""What puts Deskhand somewhere: descriptions for those who call it, and for the platform that it runs on. Never deployed."""
