"""What tests are made with: hand-made fakes and counters, no mocks."""
